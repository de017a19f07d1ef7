"""A script as they were written in 2017: Variable, FloatTensor, .data, volatile."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.autograd import Variable

torch.manual_seed(1)
use_cuda = torch.cuda.is_available()
FloatTensor = torch.cuda.FloatTensor if use_cuda else torch.FloatTensor
x = Variable(torch.FloatTensor([[0, 0], [0, 1], [1, 0], [1, 1]]))
y = Variable(torch.LongTensor([0, 1, 1, 0]))


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()  # noqa: UP008
        self.fc1 = nn.Linear(2, 8)
        self.fc2 = nn.Linear(8, 2)
        self.fc1.weight.data.uniform_(-1, 1)
        nn.init.constant_(self.fc2.bias, 0.1)

    def forward(self, x):
        return self.fc2(F.tanh(self.fc1(x)) if hasattr(F, "tanh") else torch.tanh(self.fc1(x)))


net = Net()
if use_cuda:
    net.cuda()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.5, momentum=0.9)
for epoch in range(100):
    optimizer.zero_grad()
    output = net(x)
    loss = criterion(output, y)
    loss.backward()
    optimizer.step()
    if epoch % 25 == 24:
        print("epoch %d loss %.4f" % (epoch, loss.data.item()))
_, predicted = torch.max(output.data, 1)
print(
    predicted.numpy(), (predicted == y.data).sum().item(), predicted.eq(y.data).cpu().float().mean()
)
hidden = Variable(FloatTensor(1, 3).zero_())
hidden.data.fill_(2).add_(1)
print(hidden, hidden.data.size(), torch.Tensor(2, 3).shape, torch.Tensor([1, 2]))
print(x.data.type(), y.data.type(), x.data.new(2).zero_(), x.data.new([3.0]).byte())
one_hot = torch.zeros(4, 2).scatter_(1, y.data.view(-1, 1), 1)
print(one_hot, one_hot.t().mm(x.data), torch.addmm(torch.ones(2, 2), one_hot.t(), x.data))

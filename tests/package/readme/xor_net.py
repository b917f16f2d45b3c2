import torch

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = torch.nn.Linear(2, 8)
        self.output = torch.nn.Linear(8, 1)

    def forward(self, x):
        return self.output(torch.tanh(self.hidden(x)))

torch.manual_seed(1)
net = Net()
adam = torch.optim.Adam(net.parameters(), lr=0.05)
x = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])
y = torch.tensor([[0.0], [1], [1], [0]])
for step in range(200):
    loss = torch.nn.functional.mse_loss(net(x), y)
    adam.zero_grad()
    loss.backward()
    adam.step()
    if step % 50 == 0:
        print(f"step {step}: loss {loss.item():.4f}")
torch.save(net.state_dict(), "xor.pt")
again = Net()
again.load_state_dict(torch.load("xor.pt"))
print(again(x))
